#!/usr/bin/env node
import { createRequire } from "node:module";
// The command is TypeScript, run as it is; tsx is a dependency of the project.
import { register } from "tsx/cjs/api";

register();
createRequire(import.meta.url)("./main.ts");
