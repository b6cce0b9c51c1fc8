import * as fs from "node:fs";
import * as path from "node:path";
import { checkDisk, installEnvironment } from "../../lab/install";
import { labPaths } from "../../lab/paths";
import { findPython } from "../../lab/python";
import { temporaryFolder } from "./fixtures";

/** A folder with programs that a test writes, to be put on PATH. */
function programs(scripts: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(scripts)) {
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

test("a machine without Python is told which one to install", async () => {
  await expect(findPython({ PATH: temporaryFolder() })).rejects.toThrow(
    "No Python 3.11 to below 3.14 was found; install one, or name it in OPEN_MLOPS_PYTHON",
  );
});

test("a Python that is too old is named with its version", async () => {
  const PATH = programs({ python3: 'echo "3.9 /usr/bin/python3"' });
  await expect(findPython({ PATH })).rejects.toThrow(/found \(python3 is 3.9\)/);
});

test("the named Python is used, and no other", async () => {
  const folder = programs({ mine: 'echo "3.12 /opt/my python/bin/python"', python3: 'echo "3.11 /usr/bin/python3"' });
  expect(await findPython({ PATH: folder, OPEN_MLOPS_PYTHON: path.join(folder, "mine") })).toBe(
    "/opt/my python/bin/python",
  );
});

describe("installing", () => {
  const path0 = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = path0;
    delete process.env["OPEN_MLOPS_PYTHON"];
  });

  test("without a network says so, keeps what is there, and shows what was tried", async () => {
    // A uv of the pinned version that fails as the real one does when no name can be resolved.
    const fail = "echo 'error: Failed to fetch: dns error: failed to lookup address information' >&2; exit 2";
    const uv = programs({ uv: `case "$1" in --version) echo "uv 0.13.9";; *) ${fail};; esac` });
    process.env["PATH"] = `${uv}:${path0}`;
    const paths = labPaths({ OPEN_MLOPS_LAB_DIR: temporaryFolder() });
    await expect(installEnvironment(paths, "serving", () => {})).rejects.toMatchObject({
      message: expect.stringMatching(/could not be downloaded; check the network/),
      details: [expect.stringContaining("dns error")],
    });
  });
});

test("a disk that is too full is named with what it has and what is needed", () => {
  expect(() => checkDisk("/srv/lab", 2 ** 30)).toThrow(
    "/srv/lab has 1.0 GB free and the lab needs 4.0 GB to install; free some, or set OPEN_MLOPS_LAB_DIR to a folder on another disk",
  );
  expect(() => checkDisk("/srv/lab", 5 * 2 ** 30)).not.toThrow();
});
