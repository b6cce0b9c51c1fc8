import type { ImageConfig } from "./archive";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How containers of a Dockerfile's last stage start: what its ENV, USER, WORKDIR, ENTRYPOINT and CMD say. */
export function dockerfileConfig(text: string): ImageConfig {
  const lines = text
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim());
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")) + 1);
  const env = new Map([["PATH", defaultPath]]);
  const config: { -readonly [K in keyof ImageConfig]: ImageConfig[K] } = {};
  for (const line of stage) {
    const [, instruction = "", rest = ""] = line.match(/^([A-Z]+)\s+(.*)$/) ?? [];
    if (instruction === "ENV") {
      for (const [, name = "", value = ""] of rest.matchAll(/(\w+)=(\S*)/g)) {
        env.set(
          name,
          value.replace(/\$\{?(\w+)\}?/g, (_, other: string) => env.get(other) ?? ""),
        );
      }
    }
    if (instruction === "USER") config.User = rest;
    if (instruction === "WORKDIR") config.WorkingDir = rest;
    if (instruction === "ENTRYPOINT") config.Entrypoint = JSON.parse(rest);
    if (instruction === "CMD") config.Cmd = JSON.parse(rest);
  }
  return { ...config, Env: [...env].map(([name, value]) => `${name}=${value}`) };
}
