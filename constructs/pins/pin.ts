export interface Pin {
  readonly version: string;
  /** Where its source is kept. */
  readonly repository: string;
  /** SPDX identifier. */
  readonly licence: string;
  /** Of a Python package: on which machines it is installed, as a marker of PEP 508. Default: on all. */
  readonly marker?: string;
}

export interface ChartPin extends Pin {
  /** The Helm repository the chart is pulled from. */
  readonly charts: string;
  readonly chart: string;
}

export interface ImagePin extends Pin {
  /** Registry and repository; the tag is the version. */
  readonly image: string;
}

export const github = (path: string) => `https://github.com/${path}`;
export const pin = (version: string, licence: string, repository: string): Pin => ({ version, licence, repository });
