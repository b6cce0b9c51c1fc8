import * as readline from "node:readline/promises";

/** Asks, and says whether exactly that was answered. */
export async function agreed(question: string, answer: string): Promise<boolean> {
  const ask = readline.createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await ask.question(question)).trim() === answer;
  } finally {
    ask.close();
  }
}
