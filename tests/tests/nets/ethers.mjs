// Reads unsigned transactions, one in hexadecimal a line, and says of each what ethers makes of it: one JSON document a line.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [modules] = process.argv.slice(2);
const { Transaction, Interface } = createRequire(join(modules, "x.js"))("ethers");
const token = new Interface([
  "function transfer(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
]);

function call(data) {
  try {
    const { name, args } = token.parseTransaction({ data });
    return { name, who: args[0], amount: String(args[1]) };
  } catch {
    return null;
  }
}

// What it writes of what it read; it reads some that it does not write.
function again(tx) {
  try {
    return tx.unsignedSerialized;
  } catch {
    return "";
  }
}

function read(hex) {
  let tx;
  try {
    tx = Transaction.from(hex);
  } catch (error) {
    return { refused: String(error.shortMessage ?? error.message) };
  }
  const text = (number) => (number === null || number === undefined ? null : String(number));
  return {
    type: tx.type,
    chain: String(tx.chainId),
    nonce: String(tx.nonce),
    gas: String(tx.gasLimit),
    price: text(tx.gasPrice),
    ceiling: text(tx.maxFeePerGas),
    tip: text(tx.maxPriorityFeePerGas),
    to: tx.to,
    value: String(tx.value),
    data: tx.data,
    call: call(tx.data),
    access: tx.accessList?.length ?? 0,
    signed: tx.signature !== null,
    again: again(tx),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(read(line)) + "\n");
}
