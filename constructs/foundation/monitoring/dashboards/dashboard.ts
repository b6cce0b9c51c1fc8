/**
 * Grafana's dashboards, as narrow as they are written here. Grafana's own builder for TypeScript has only versions that say
 * of themselves that they are not stable, and this is what is used of it.
 */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly schemaVersion: 41;
  readonly timezone: "browser";
  readonly refresh: "1m";
  readonly time: { readonly from: string; readonly to: "now" };
  readonly panels: readonly Panel[];
}

interface Panel {
  readonly id: number;
  readonly type: PanelKind;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: DataSourceRef;
  readonly targets: readonly Target[];
  readonly fieldConfig: {
    readonly defaults: { readonly unit: Unit; readonly min?: 0 };
    readonly overrides: readonly [];
  };
}

interface Target {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: true;
  readonly format?: "table";
}

interface DataSourceRef {
  readonly type: "prometheus" | "loki";
  readonly uid: "prometheus" | "loki";
}

/** `bargauge`: one bar for each series, by its newest value. */
type PanelKind = "timeseries" | "stat" | "bargauge" | "logs";

/** In Grafana's words; `currencyUSD` is dollars. */
export type Unit = "short" | "s" | "percentunit" | "reqps" | "bytes" | "currencyUSD";

/** What a person wants to know, and the queries that tell it. */
export interface Question {
  readonly title: string;
  /** What a reader has to know to judge it. */
  readonly description: string;
  /** Default: timeseries. */
  readonly kind?: PanelKind;
  readonly unit: Unit;
  /** PromQL, or LogQL for logs, by what a series is called: `{{label}}` is the series' own. */
  readonly queries: Readonly<Record<string, string>>;
}

const columns = 2;
const size = { w: 24 / columns, h: 8 } as const;

/** @param id of its address in Grafana, which must not change */
export function dashboard(
  id: string,
  title: string,
  description: string,
  questions: readonly Question[],
  from = "now-6h",
): Dashboard {
  return {
    uid: `open-mlops-${id}`,
    title,
    description,
    schemaVersion: 41,
    timezone: "browser",
    refresh: "1m",
    time: { from, to: "now" },
    panels: questions.map((question, index) => panel(question, index)),
  };
}

function panel({ title, description, kind = "timeseries", unit, queries }: Question, index: number): Panel {
  const source = kind === "logs" ? "loki" : "prometheus";
  const datasource = { type: source, uid: source } as const;
  return {
    id: index + 1,
    type: kind,
    title,
    description,
    gridPos: { x: (index % columns) * size.w, y: Math.floor(index / columns) * size.h, ...size },
    datasource,
    targets: Object.entries(queries).map(([legendFormat, expr], number) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + number),
      datasource,
      expr,
      ...(kind === "logs" ? {} : { legendFormat }),
      ...(kind === "stat" || kind === "bargauge" ? { instant: true as const } : {}),
    })),
    fieldConfig: { defaults: { unit, ...(kind === "timeseries" ? { min: 0 } : {}) }, overrides: [] },
  };
}
