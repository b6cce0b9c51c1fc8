import type { LabContext, LabProcess } from "../../contracts/lab";

/** Where the door listens, where it forwards to, and the folder of its files (`open_mlops.door` writes them). */
interface Door {
  readonly port: number;
  readonly server: string;
  readonly routes: string;
}

/** The lab's front door for models: a model has one address, whichever of its versions answers. */
export function doorProcess(context: LabContext<"tracking">, { port, server, routes }: Door): LabProcess {
  return {
    name: "door",
    command: context.program("toolbox", "python"),
    args: [
      ...["-m", "open_mlops.door", "--traefik", context.program("door", "traefik")],
      ...["--port", String(port), "--server", server, "--routes", routes],
    ],
    folder: routes,
    ready: `http://127.0.0.1:${port}/door/ready`,
    ports: ["door"],
  };
}
