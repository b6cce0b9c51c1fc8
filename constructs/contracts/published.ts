/** Something that people's browsers, and code outside the cluster, reach through the edge at a host of its own. */
export interface Published {
  /** The first label of its name: `mlflow` is found at `mlflow.<domain>`. */
  readonly host: string;
  /**
   * The service in the namespace of who declares it. Absent where what is deployed there later brings routes of its
   * own, by HTTPRoutes of that namespace.
   */
  readonly backend?: { readonly service: string; readonly port: number };
  /** `edge`: nobody gets there whom the edge does not know. `own`: the tool asks by itself, and the edge lets through. */
  readonly signIn: "edge" | "own";
  /** Prefixes of the paths that are opened; everything else is not found. Default: all. */
  readonly paths?: readonly string[];
  /**
   * Paths, as regular expressions of RE2 that match them whole, at which a POST changes nothing: searches. Viewers may do
   * these beside GET and HEAD.
   */
  readonly reads?: readonly string[];
  /** Paths, as `reads` has them, at which the tool shows secrets that people keep in it. Viewers are not shown them. */
  readonly secrets?: readonly string[];
  /** The largest body of a request, in MiB. Default 16. */
  readonly largestBodyMiB?: number;
  /** Whether it is a page for people to look at, which `mlops status` shows. */
  readonly page?: true;
}
