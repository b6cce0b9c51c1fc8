/**
 * A regular expression (of RE2, for the whole text) for the whole numbers from zero to this one: a rule of the Gateway API
 * compares headers as text.
 */
export function atMost(limit: number): string {
  const digits = String(limit);
  const smaller = [...digits].flatMap((digit, index) => {
    const rest = digits.length - index - 1;
    const [low, high] = [index === 0 && rest > 0 ? 1 : 0, Number(digit) - 1];
    if (high < low) return [];
    return [`${digits.slice(0, index)}[${low}-${high}]${rest > 0 ? `[0-9]{${rest}}` : ""}`];
  });
  const shorter = digits.length > 1 ? [`[0-9]{1,${digits.length - 1}}`] : [];
  return [...shorter, ...smaller, digits].join("|");
}
