/** What an emulated account holds that an empty one does not. */
export interface Inventory {
  readonly left: readonly string[];
  /** What is marked for removal, and goes by itself after a time that AWS keeps. */
  readonly waiting: readonly string[];
}

export async function inventory(endpoint: string): Promise<Inventory> {
  const response = await fetch(`${endpoint}/rehearsal/inventory`);
  if (!response.ok) throw new Error(`the emulator answered ${response.status} when asked what it holds`);
  return (await response.json()) as Inventory;
}
