#!/bin/sh
# Makes the certificates here anew, in the current folder, with OpenSSL 3. They are for tests alone, valid from 2020 to 2120; the
# server's private key protects nothing.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/ca.cnf" <<'CNF'
[ca]
default_ca = own
[own]
new_certs_dir = $ENV::WORK
database = $ENV::WORK/index
serial = $ENV::WORK/serial
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost
CNF
export WORK="$work"
: > "$work/index"
echo 01 > "$work/serial"
request() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.csr"
}
sign() {
    name=$1 && shift
    openssl ca -batch -notext -config "$work/ca.cnf" -startdate 20200101000000Z -enddate 21200101000000Z \
        -in "$work/$name.csr" -out "$name.pem" "$@"
}
for name in authority stranger; do
    request "$name"
    sign "$name" -selfsign -keyfile "$work/$name.key" -extensions authority
done
request server
sign server -cert authority.pem -keyfile "$work/authority.key" -extensions server
cp "$work/server.key" server.key
