/** Every component's tests, together: the bindings of the providers load once. */
import "./dask-gateway.tests";
import "./jupyterhub.tests";
import "./jupyterhub-sign-in.tests";
import "./mlflow.tests";
import "./prefect.tests";
import "./seldon.tests";
import "./staying-pods.tests";
