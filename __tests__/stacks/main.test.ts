import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

test("the app writes every environment's stacks, and says nothing else", () => {
  const outdir = mkdtempSync(path.join(tmpdir(), "synth-"));
  try {
    const said = execFileSync(process.execPath, ["--import", "tsx", "main.ts"], {
      cwd: path.join(__dirname, "../.."),
      env: { ...process.env, CDKTF_OUTDIR: outdir },
      encoding: "utf8",
    });
    expect(said).toBe("");
    expect(readdirSync(path.join(outdir, "stacks"))).toEqual(
      expect.arrayContaining(["dev-cluster", "dev-platform", "prod-cluster", "prod-platform"]),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
}, 30_000);
