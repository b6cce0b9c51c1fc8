import { execFileSync } from "node:child_process";
import * as path from "node:path";

/** The modules that a command loads. */
function loads(...args: readonly string[]): readonly string[] {
  const script = `
    require("tsx/cjs/api").register();
    process.on("exit", () => { console.log(JSON.stringify(Object.keys(require.cache))); process.exitCode = 0; });
    process.argv = ["node", "mlops", ...${JSON.stringify(args)}];
    require("./cli/main.ts");`;
  const output = execFileSync(process.execPath, ["-e", script], {
    cwd: path.join(__dirname, "..", ".."),
    encoding: "utf8",
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

test.each([
  ["a command that asks nothing of AWS does not load its clients", ["--help"], /cli\/leftovers/, /@aws-sdk/],
  ["to look after the lab loads no construct", ["lab", "status"], /cli\/lab\.ts/, /node_modules\/(cdktf|@cdktf)\//],
])("%s", (_, args, loaded, not) => {
  const modules = loads(...args);
  expect(modules.some((file) => loaded.test(file))).toBe(true);
  expect(modules.filter((file) => not.test(file))).toEqual([]);
});
