// Compiles the contracts of this folder into artifacts/, or into another folder to compare with.
//
//   node build.mjs --modules NODE_MODULES [--out FOLDER]
//
// NODE_MODULES holds the compilers that ../npm/package-lock.json pins. The compilers are WebAssembly, so the bytes
// come out equal on every machine.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({ options: { modules: { type: "string" }, out: { type: "string" } } });
if (!values.modules) {
  console.error("build.mjs: --modules NODE_MODULES is missing; cargo verify prints where it is");
  process.exit(2);
}
const require = createRequire(join(resolve(values.modules), "here.js"));
const out = values.out ?? join(here, "artifacts");

const optimizer = { enabled: true, runs: 200 };
const contracts = [
  {
    name: "StandardToken",
    compiler: "solc",
    // No metadata in the code: the bytes depend on the source's meaning alone.
    settings: { optimizer, evmVersion: "shanghai", metadata: { appendCBOR: false } },
  },
  { name: "TetherLike", compiler: "solc-0.4", settings: { optimizer, evmVersion: "byzantium" } },
];

mkdirSync(out, { recursive: true });
for (const { name, compiler, settings } of contracts) {
  const solc = require(compiler);
  const file = `${name}.sol`;
  const source = readFileSync(join(here, file), "utf8");
  const input = {
    language: "Solidity",
    sources: { [file]: { content: source } },
    settings: { ...settings, outputSelection: { [file]: { [name]: ["abi", "evm.bytecode.object"] } } },
  };
  const compile = solc.compileStandardWrapper ?? solc.compile;
  const output = JSON.parse(compile(JSON.stringify(input)));
  for (const { severity, formattedMessage } of output.errors ?? []) {
    console.error(formattedMessage);
    if (severity === "error") process.exitCode = 1;
  }
  if (process.exitCode) continue;
  const { abi, evm } = output.contracts[file][name];
  const artifact = {
    source: file,
    sourceSha256: createHash("sha256").update(source).digest("hex"),
    compiler: `solc ${solc.version()}`,
    settings,
    abi,
    creationCode: `0x${evm.bytecode.object}`,
  };
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(artifact, null, 2)}\n`);
  console.log(`${join(out, name)}.json`);
}
