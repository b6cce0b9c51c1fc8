/** IPv4 blocks, as far as an environment needs them. */
export interface Cidr {
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** Reads `10.0.0.0/16`; undefined where it is not a block, or where the address is not the block's first. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\/(0|[1-9]\d?)$/.exec(text);
  if (!match) return undefined;
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { text, first, last: first + size - 1, prefix } : undefined;
}

const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].flatMap((text) => parseCidr(text) ?? []);

/** Whether a block lies in the ranges that nobody on the internet has. */
export function isPrivate(block: Cidr): boolean {
  return privateBlocks.some((range) => range.first <= block.first && block.last <= range.last);
}

/** Whether two blocks share an address. */
export function overlap(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** The nth block of `prefix` bits inside a block, as text. */
export function subnet(block: Cidr, prefix: number, index: number): string {
  const first = block.first + index * 2 ** (32 - prefix);
  if (first + 2 ** (32 - prefix) - 1 > block.last) {
    throw new RangeError(`${block.text} has no subnet /${prefix} number ${index}; use a larger block`);
  }
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`;
}
