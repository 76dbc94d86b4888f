// Builds and signs the bench's transactions with ethers, and prints the nanoseconds that all rounds took.
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, to, amount, items, rounds] = process.argv.slice(2);
const { Wallet, Transaction } = createRequire(join(modules, "x.js"))("ethers");
const wallet = new Wallet("0x" + "01".repeat(32));

function round() {
  let length = 0;
  for (let n = 0; n < Number(items); n++) {
    const transaction = Transaction.from({
      type: 2,
      chainId: 1,
      nonce: 7 + n,
      gasLimit: 60000,
      maxFeePerGas: 30000000000n,
      maxPriorityFeePerGas: 1000000000n,
      to,
      value: BigInt(amount),
      data: "0x",
    });
    transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
    length += transaction.serialized.length;
  }
  return length;
}

round();
const start = process.hrtime.bigint();
for (let n = 0; n < Number(rounds); n++) round();
console.log(String(process.hrtime.bigint() - start));
