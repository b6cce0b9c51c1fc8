// The packages below are ES modules only; jest runs CommonJS, so they are transformed like our own code.
const esm = [
  "execa",
  "listr2",
  "@sindresorhus",
  "@sec-ant",
  "figures",
  "get-stream",
  "human-signals",
  "is-plain-obj",
  "is-stream",
  "is-unicode-supported",
  "npm-run-path",
  "parse-ms",
  "path-key",
  "pretty-ms",
  "strip-final-newline",
  "unicorn-magic",
  "yoctocolors",
];

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/__tests__"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.(t|j|mj)s$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esm.join("|")})/)`],
  setupFilesAfterEnv: ["<rootDir>/__tests__/setup.js"],
  // Two workers and a limit each: the provider bindings are large, and a laptop has other things to do.
  maxWorkers: 2,
  workerIdleMemoryLimit: "900MB",
};
