# Brings the account that the realm is applied with to the secret that is kept now, in $KC_CLI_CLIENT_SECRET. Keycloak makes
# it in an empty database alone, and a database outlives its secrets: after a restore, or where the server is given. Where
# the secret does not open it, an account by another name is made, by Keycloak's own way back in, and removed again.
# It runs beside kcadm.sh and kc.sh.
set -eu
config=$(mktemp -d)/kcadm.config
kcadm() { ./kcadm.sh "$@" --config "$config"; }
sign_in() { kcadm config credentials --server "$KEYCLOAK_URL" --realm master --client "$1" 2>&1; }
ids() { kcadm get clients --query "clientId=$1" --query "search=$2" --fields id --format csv --noquotes; }
make() { ./kc.sh bootstrap-admin service --client-id "$1" --client-secret:env=KC_CLI_CLIENT_SECRET; }

opens() {
  for _ in {1..60}; do
    if said=$(sign_in "$ACCOUNT"); then return 0; fi
    case $said in *unauthorized_client* | *invalid_client*) return 1 ;; esac
    sleep 5
  done
  echo "Keycloak does not answer at $KEYCLOAK_URL: $said" >&2
  exit 1
}

way_back=open-mlops-way-back
if ! opens; then
  echo "The secret that is kept does not open $ACCOUNT: it is set in Keycloak."
  own=$way_back-$(date +%s)-$RANDOM
  make "$own"
  sign_in "$own"
  id=$(ids "$ACCOUNT" false)
  # On no command line: those are everybody's to see.
  if [ -n "$id" ]; then printf '{"secret":"%s"}' "$KC_CLI_CLIENT_SECRET" | kcadm update "clients/$id" --merge --file -
  else make "$ACCOUNT"; fi
  sign_in "$ACCOUNT"
fi
# Also one that an interrupted run has left, with a secret that somebody knew once.
for id in $(ids "$way_back-" true); do kcadm delete "clients/$id"; done
