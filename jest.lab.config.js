/** The lab suite: the real tools, really running. The tests of a file build on each other, so the first failure ends it. */
/** @type {import("jest").Config} */
module.exports = {
  ...require("./jest.config.js"),
  testMatch: ["**/*.lab.ts"],
  testTimeout: 900_000,
  maxWorkers: 1,
  bail: 1,
};
