/** GiB of Loki's volume: what it has not written to its bucket yet, and its index. */
export const lokiGiB = 5;

/** GiB of Alloy's volume: how far it has read each pod's log. */
export const alloyGiB = 1;
