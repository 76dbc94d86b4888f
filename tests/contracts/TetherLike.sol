// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.4.26;

/// A token from before ERC-20 settled: transfer, approve and transferFrom return nothing at all, an allowance that is
/// not zero must be set to zero first, and the owner can switch on a fee that is taken out of what arrives.
contract TetherLike {
    string public name;
    string public symbol;
    uint public decimals;
    uint public totalSupply;
    address public owner;
    uint public basisPointsRate = 0;
    uint public maximumFee = 0;
    mapping(address => uint) public balanceOf;
    mapping(address => mapping(address => uint)) public allowance;

    event Transfer(address indexed from, address indexed to, uint value);
    event Approval(address indexed owner, address indexed spender, uint value);
    event Params(uint feeBasisPoints, uint maxFee);

    constructor(string name_, string symbol_, uint decimals_, address holder, uint supply) public {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
        totalSupply = supply;
        owner = msg.sender;
        balanceOf[holder] = supply;
        emit Transfer(address(0), holder, supply);
    }

    /// The fee in hundredths of a percent, and the most it may be, in base units.
    function setParams(uint basisPoints, uint maxFee) public {
        require(msg.sender == owner);
        require(basisPoints < 20);
        basisPointsRate = basisPoints;
        maximumFee = maxFee;
        emit Params(basisPoints, maxFee);
    }

    function transfer(address to, uint value) public {
        move(msg.sender, to, value);
    }

    function approve(address spender, uint value) public {
        require(value == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function transferFrom(address from, address to, uint value) public {
        uint granted = allowance[from][msg.sender];
        require(granted >= value);
        if (granted != uint(-1)) {
            allowance[from][msg.sender] = granted - value;
        }
        move(from, to, value);
    }

    function move(address from, address to, uint value) private {
        require(balanceOf[from] >= value);
        uint fee = value / 10000 * basisPointsRate;
        if (fee > maximumFee) {
            fee = maximumFee;
        }
        balanceOf[from] -= value;
        balanceOf[to] += value - fee;
        emit Transfer(from, to, value - fee);
        if (fee > 0) {
            balanceOf[owner] += fee;
            emit Transfer(from, owner, fee);
        }
    }
}
