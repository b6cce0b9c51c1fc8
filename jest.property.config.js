/** A thousand random environments, of which Terraform validates a sample with the real provider. */
/** @type {import("jest").Config} */
module.exports = {
  ...require("./jest.config.js"),
  testMatch: ["**/__tests__/property/**/*.property.ts"],
  testTimeout: 1_800_000,
  maxWorkers: 1,
};
