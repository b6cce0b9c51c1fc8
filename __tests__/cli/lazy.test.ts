import { execFileSync } from "node:child_process";
import * as path from "node:path";

test("a command that asks nothing of AWS does not load its clients", () => {
  const script = `
    require("tsx/cjs/api").register();
    process.on("exit", () => console.log(JSON.stringify(Object.keys(require.cache).filter((file) => /@aws-sdk/.test(file)))));
    process.argv = ["node", "mlops", "--help"];
    require("./cli/main.ts");`;
  const output = execFileSync(process.execPath, ["-e", script], {
    cwd: path.join(__dirname, "..", ".."),
    encoding: "utf8",
  });
  expect(output).toContain("leftovers");
  expect(JSON.parse(output.trim().split("\n").at(-1) ?? "")).toEqual([]);
});
