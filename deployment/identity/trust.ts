/**
 * The variables by which the clients trust the authority that this command was told to trust: each client's own, so that
 * nothing else in the shell, such as pip, loses the authorities that it knew.
 */
export function trustEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const file = env["NODE_EXTRA_CA_CERTS"];
  return file ? { MLFLOW_TRACKING_SERVER_CERT_PATH: file, PREFECT_API_SSL_CERT_FILE: file } : {};
}
