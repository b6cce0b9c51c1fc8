import { z } from "zod";
import { check, InvalidInputError } from "../../constructs/contracts/problems";

const schema = z.strictObject({
  list: z.array(z.string().min(2)).min(1),
  whole: z.int().min(1).max(9),
  one: z.enum(["a", "b"]),
  own: z.string().refine((text) => text === "x", { error: "write x" }),
});
const good = { list: ["aa"], whole: 1, one: "a", own: "x" };

test("good input is returned", () => expect(check(schema, good, "it")).toEqual({ value: good, problems: [] }));

test.each<[string, unknown, string]>([
  ["a missing key", { ...good, one: undefined }, 'it.one is missing; use "a" or "b"'],
  ["a wrong type", { ...good, list: 1 }, "it.list is 1; give a list"],
  ["too small", { ...good, whole: 0 }, "it.whole is 0; use 1 or more"],
  ["too big", { ...good, whole: 10 }, "it.whole is 10; use 9 or less"],
  ["too short", { ...good, list: ["a"] }, 'it.list.0 is "a"; use 2 or more (its length)'],
  ["not allowed", { ...good, one: "c" }, 'it.one is "c"; use "a" or "b"'],
  ["a schema's own remedy", { ...good, own: "y" }, 'it.own is "y"; write x'],
  ["an unknown key", { ...good, two: 2 }, 'it: unknown key "two"; remove it, or use one of: list, whole, one, own'],
  ["no object", 5, "it is 5; give an object"],
])("%s", (_, input, problem) => expect(check(schema, input, "it").problems).toEqual([problem]));

test("a long value is cut", () => {
  const [problem = ""] = check(schema, { ...good, own: "y".repeat(500) }, "it").problems;
  expect(problem.length).toBeLessThan(120);
});

test("a value that JSON cannot write is named all the same", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const problems = [circle, 5n].flatMap((whole) => check(schema, { ...good, whole }, "it").problems);
  expect(problems).toEqual([expect.stringMatching(/^it\.whole is <ref.*; give/), "it.whole is 5n; give a number"]);
});

test("one message holds every problem", () => {
  expect(new InvalidInputError("It cannot be used", ["a is 1", "b is 2"]).message).toBe(
    "It cannot be used: 2 problems\n  - a is 1\n  - b is 2",
  );
  expect(new InvalidInputError("It cannot be used", ["a is 1"]).message).toContain("1 problem\n");
});
