import fc from "fast-check";
import { atMost } from "../../constructs/foundation/envoy-gateway/at-most";

describe("numbers as a regular expression", () => {
  const matches = (limit: number, value: number) => new RegExp(`^(?:${atMost(limit)})$`).test(String(value));

  test("are those up to the limit, and no others", () => {
    for (const limit of [0, 7, 10, 19, 100, 999, 1000, 16777216]) {
      for (const off of [-2, -1, 0, 1, 2]) {
        if (limit + off >= 0) expect([limit, off, matches(limit, limit + off)]).toEqual([limit, off, off <= 0]);
      }
    }
    fc.assert(
      fc.property(fc.nat(1e12), fc.nat(1e12), (limit, value) => expect(matches(limit, value)).toBe(value <= limit)),
    );
  });

  test("are nothing but digits", () => {
    for (const text of ["", "-1", "1e3", "0x10", "1 ", " 1", "1,000"])
      expect(new RegExp(`^(?:${atMost(5000)})$`).test(text)).toBe(false);
  });
});
