/** Pages that a person sees, in a real Chromium, of a lab that really runs. */
/** @type {import("jest").Config} */
module.exports = {
  ...require("./jest.lab.config.js"),
  testMatch: ["**/__tests__/lab-real/**/*.browser.ts"],
  testTimeout: 300_000,
};
