import { delay, Listr, type ListrTask } from "listr2";
import type { Board, Row } from "../deployment/board";

/** Shows a board as a live list until `isOver`; without a terminal each row is a line when it begins and when it ends. */
export async function showBoard(board: Board, isOver: () => boolean): Promise<void> {
  const shown = new Set<string>();
  for (;;) {
    // Asked first: rows that were added just before the end are shown too.
    const over = isOver();
    const rows = board.rows().filter(({ name }) => !shown.has(name));
    if (rows.length > 0) {
      for (const { name } of rows) shown.add(name);
      const tasks = rows.map(({ name }) => follow(name, board, isOver));
      await new Listr(tasks, {
        concurrent: true,
        exitOnError: false,
        // Its own handler would end the process at Ctrl-C, with everything that was started left behind.
        registerSignalListeners: false,
        rendererOptions: { collapseErrors: false },
      }).run();
    } else if (over) return;
    else await delay(100);
  }
}

function follow(name: string, board: Board, isOver: () => boolean): ListrTask {
  return {
    title: name,
    task: async (_, task) => {
      for (;;) {
        const over = isOver();
        const row = board.rows().find((each) => each.name === name);
        if (!row) return;
        task.title = title(row);
        if (row.state === "done") return;
        if (row.state === "failed" || over) throw new Error(title(row));
        await delay(150);
      }
    },
  };
}

function title({ name, text, seconds }: Row): string {
  return `${name}${text ? `: ${text}` : ""}${seconds >= 1 ? ` (${seconds} s)` : ""}`;
}
