/** The rehearsal suite: the real Terraform and an emulator of AWS. It needs no account and no cloud. */
/** @type {import("jest").Config} */
module.exports = {
  ...require("./jest.config.js"),
  testMatch: ["**/__tests__/rehearsal-real/**/*.rehearsal.ts"],
  testTimeout: 1_500_000,
};
