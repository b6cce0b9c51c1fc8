/** The platform in a real cluster, the one of KUBECONFIG. Each test goes on where the one before ended: the first failure ends it. */
/** @type {import("jest").Config} */
module.exports = {
  ...require("./jest.config.js"),
  testMatch: ["**/__tests__/cluster/**/*.cluster.ts"],
  testTimeout: 3_600_000,
  maxWorkers: 1,
  bail: 1,
};
