import { z } from "zod";

/** Where a team without a way to the internet keeps copies. What is left out comes from where its makers publish it. */
export const mirrorSchema = z.strictObject({
  /**
   * Charts: a Helm or OCI repository that has all of them, or a folder of this machine with what `helm pull` leaves
   * there (`mlflow-1.11.5.tgz`, or unpacked as `mlflow-1.11.5` or `mlflow`). A relative path begins at the project.
   */
  charts: z
    .discriminatedUnion("mode", [
      z.strictObject({
        mode: z.literal("repository"),
        url: z.string().regex(/^(https|oci):\/\/[^\s/]+(\/[^\s/]+)*\/?$/, {
          error: "use the address of a Helm repository (https://...) or an OCI one (oci://...)",
        }),
      }),
      z.strictObject({ mode: z.literal("folder"), path: z.string().min(1) }),
    ])
    .optional(),
  /**
   * A registry, with a path or without, that has every image under its own path and tag: `registry.example/mirror`
   * holds `quay.io/jupyterhub/k8s-hub` as `registry.example/mirror/jupyterhub/k8s-hub`. The project's own images are
   * not looked for there: `images` names them in full.
   */
  images: z
    .string()
    .regex(/^[\w.-]+(:\d+)?(\/[a-z0-9][\w.-]*)*$/, {
      error: "use registry or registry/path, without https:// and without a slash at the end",
    })
    .optional(),
});

export type Mirror = z.output<typeof mirrorSchema>;
