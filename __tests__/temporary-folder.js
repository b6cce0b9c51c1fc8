const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** Every run makes its temporary files in one folder of its own, which goes with it: a machine is not filled by tests. */
module.exports = async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "jest-"));
  process.env.TMPDIR = folder;
  globalThis.removeTemporaryFolder = () => fs.rmSync(folder, { recursive: true, force: true });
};
