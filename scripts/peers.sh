#!/bin/sh
# Installs the programs that tests run beside, from the system's packages. With --if-root it does nothing,
# and says so, where it may not install; the tests that need them then skip and name what they miss.
set -eu
packages="bsdutils openssl openssh-server frr snmpd snmp snmptrapd lldpd iproute2 prometheus prometheus-alertmanager prometheus-snmp-exporter postgresql victoria-metrics"
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "Not root: tests beside these programs are skipped:$missing"
  [ "${1:-}" = --if-root ] && exit 0
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "No apt-get here: tests beside these programs are skipped:$missing"
  [ "${1:-}" = --if-root ] && exit 0
  exit 1
fi
echo "Installing programs that tests run beside:$missing"
# Their services must not start: the tests start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
