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
  // These come as ES modules alone, which Node.js loads and jest does not.
  transformIgnorePatterns: ["/node_modules/(?!(openid-client|oauth4webapi|jose|@marcbachmann/cel-js)/)"],
  moduleNameMapper: { "^\\./(private/)?stack-trace$": "<rootDir>/__tests__/support/no-stack-trace.js" },
  globalSetup: "<rootDir>/__tests__/temporary-folder.js",
  globalTeardown: "<rootDir>/__tests__/temporary-folder-end.js",
  setupFilesAfterEnv: ["<rootDir>/__tests__/setup.js"],
  // Some tests start real processes, on machines that do other things too.
  testTimeout: 30_000,
  // Two workers and a limit each: the provider bindings are large, and a laptop has other things to do.
  maxWorkers: 2,
  workerIdleMemoryLimit: "900MB",
};
