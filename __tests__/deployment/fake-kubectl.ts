import { Kubectl } from "../../deployment/kubectl";

/** What a command answers: its output, or that it failed. */
export type Answer = string | object | { readonly fails: string };

/**
 * A kubectl that answers from a table: the first line whose words all stand in the command. A list is given as its
 * items. What the table does not know is an empty list.
 */
export function fakeKubectl(table: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const run = async (_: string, args: readonly string[]) => {
    const command = args.join(" ");
    asked.push(command);
    const line = Object.keys(table).find((words) => words.split(" ").every((word) => args.includes(word)));
    const answer = line === undefined ? [] : table[line];
    if (typeof answer === "object" && "fails" in answer) {
      return { code: 1, stdout: "", output: [String(answer.fails)] };
    }
    const stdout =
      typeof answer === "string" ? answer : JSON.stringify(Array.isArray(answer) ? { items: answer } : answer);
    return { code: 0, stdout, output: stdout.split("\n") };
  };
  return { kubectl: new Kubectl([], run, "kubectl"), run, asked };
}

/** An object of the cluster. */
export function object(name: string, more: Readonly<Record<string, unknown>> = {}, metadata: object = {}) {
  return { kind: "Any", metadata: { name, ...metadata }, ...more };
}
