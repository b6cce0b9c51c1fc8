import * as fs from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** Reads a file's lines while a process writes it, until the process has ended and all is read. */
export async function follow<T>(file: string, ended: Promise<T>, onLine: (line: string) => void): Promise<T> {
  const descriptor = fs.openSync(file, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.alloc(64 * 1024);
  let rest = "";
  const read = () => {
    for (let size = fs.readSync(descriptor, chunk); size > 0; size = fs.readSync(descriptor, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) onLine(line);
    }
  };
  const timer = setInterval(read, 100);
  try {
    const result = await ended;
    read();
    if (rest.trim()) onLine(rest);
    return result;
  } finally {
    clearInterval(timer);
    fs.closeSync(descriptor);
  }
}
