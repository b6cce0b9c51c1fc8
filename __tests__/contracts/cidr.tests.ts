import fc from "fast-check";
import { isPrivate, overlap, parseCidr, subnet } from "../../constructs/contracts/cidr";

const block = (text: string) => {
  const found = parseCidr(text);
  if (!found) throw new Error(`${text} is not a block`);
  return found;
};

test.each(["10.0.0.1/16", "10.0.0.0/33", "10.0.0/16", "10.0.0.256/32", "010.0.0.0/16", "10.0.0.0/08", "x", ""])(
  "%p is not a block",
  (text) => {
    expect(parseCidr(text)).toBeUndefined();
  },
);

test("subnets follow each other", () => {
  expect([0, 1, 2].map((n) => subnet(block("10.10.0.0/16"), 18, n))).toEqual([
    "10.10.0.0/18",
    "10.10.64.0/18",
    "10.10.128.0/18",
  ]);
});

test("a subnet beyond the block is refused with the remedy", () => {
  expect(() => subnet(block("10.0.0.0/16"), 18, 4)).toThrow("use a larger block");
});

test("only blocks that nobody on the internet has are private", () => {
  expect(["10.0.0.0/8", "172.20.0.0/16", "192.168.1.0/24"].map((text) => isPrivate(block(text)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(["11.0.0.0/8", "172.32.0.0/16", "0.0.0.0/0"].map((text) => isPrivate(block(text)))).toEqual([
    false,
    false,
    false,
  ]);
});

test("subnets of one block lie in it and share no address", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 16, max: 20 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      (prefix, a, b) => {
        const whole = block(`10.64.0.0/${prefix}`);
        const [first, second] = [a, b].map((n) => block(subnet(whole, prefix + 2, n)));
        if (!first || !second) return false;
        return overlap(first, whole) && first.last <= whole.last && (a === b) === overlap(first, second);
      },
    ),
  );
});
