# One image for operator and runner. Bases are build arguments, so that a mirror or an archive can stand in for a registry:
#   docker build -t registry.example.com/database-backup-operator:0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 … .
# Nothing of our own depends on the architecture: the bundles are JavaScript, and node, pg_dump and psql come from the bases.

# Node with npm for the bundles; also what the image is made from.
ARG NODE_IMAGE=docker.io/library/node:26-trixie-slim
# Its pg_dump must be as new as the newest server: pg_dump refuses newer ones. Of the same Debian as NODE_IMAGE.
ARG POSTGRES_IMAGE=docker.io/library/postgres:18-trixie
# Where the bundles are made; with buildx `$BUILDPLATFORM`'s own node is quicker than an emulated one.
ARG BUILD_IMAGE=${NODE_IMAGE}

FROM ${BUILD_IMAGE} AS bundles
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# No package's own script is run: esbuild's and zod's files are all that is needed.
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.ts /out

# pg_dump, psql (for restores) and those of their libraries that are not libc's.
FROM ${POSTGRES_IMAGE} AS postgres
RUN set -eu; \
    bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/pg_dump | sort -V | tail -n 1)"); \
    mkdir -p /out/bin /out/lib; \
    cp "$bin/pg_dump" "$bin/psql" /out/bin/; \
    ldd "$bin/pg_dump" "$bin/psql" | awk '$3 ~ /^\// { print $3 }' | grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv)\.so' \
      | while read -r library; do cp -L "$library" /out/lib/; done

# The root file system of the image: Node's without npm, yarn, package manager and what only people read.
FROM ${NODE_IMAGE} AS root
COPY --from=postgres /out/bin/ /usr/local/bin/
COPY --from=postgres /out/lib/ /usr/local/lib/postgresql/
COPY --from=bundles /out/ /opt/dbbackup/
COPY LICENSE /opt/dbbackup/
RUN set -eu; \
    echo /usr/local/lib/postgresql > /etc/ld.so.conf.d/postgresql.conf; \
    ldconfig; \
    rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share /opt/yarn* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn /usr/local/bin/yarnpkg /usr/local/bin/corepack \
      /usr/local/bin/docker-entrypoint.sh /usr/local/CHANGELOG.md /usr/local/README.md /usr/local/LICENSE \
      /usr/bin/apt* /usr/lib/apt /var/lib/apt /etc/apt /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/bash-completion \
      /var/cache/apt /var/cache/debconf /var/log /root/.npm; \
    mkdir -p /var/log /var/cache; \
    # No program may change who it is.
    find / -xdev -type f \( -perm -4000 -o -perm -2000 \) -exec chmod a-s {} +; \
    echo 'dbbackup:x:65532:65532::/tmp:/usr/sbin/nologin' >> /etc/passwd; \
    echo 'dbbackup:x:65532:' >> /etc/group; \
    printf '#!/bin/sh\nexec node /opt/dbbackup/dbbackup.cjs "$@"\n' > /usr/local/bin/dbbackup; \
    chmod 755 /usr/local/bin/dbbackup; \
    pg_dump --version; \
    psql --version
# What V8 has compiled of our programs, for the user below: a cold start is shorter by it (docs/image.md). For other users it is not looked at.
RUN set -eu; \
    export NODE_ENV=production NODE_COMPILE_CACHE=/opt/dbbackup/cache DBBACKUP_TERMINATION_LOG=/dev/null; \
    export DBBACKUP_RESOURCE='{"apiVersion":"dbbackup.dev/v1alpha1","kind":"DatabaseBackup","metadata":{"name":"a","namespace":"a","uid":"a"},"spec":{"database":{"host":"127.0.0.1","port":1,"name":"a","user":"a"},"destination":{"directory":{"path":"/tmp"}}}}'; \
    dbbackup --help > /dev/null; \
    dbbackup operator --help > /dev/null; \
    # There is no such database: they end as failed, having run through all that comes before.
    for program in run check notify restore drill sync; do dbbackup runner $program > /dev/null && exit 1; done; \
    cd /opt/dbbackup/cache; \
    for directory in *-0; do mv "$directory" "${directory%-0}-65532"; done; \
    chmod -R a+rX,go-w .; \
    rm -rf /tmp/* /tmp/.[!.]*

# One layer without what was removed.
FROM scratch
COPY --from=root / /
ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="database-backup-operator" \
      org.opencontainers.image.description="PostgreSQL backups as CSV, Excel, JSON and SQL in a personal Google Drive, and tables in Google Sheets: operator, runner and command line" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    HOME=/tmp \
    NODE_COMPILE_CACHE=/opt/dbbackup/cache \
    DBBACKUP_PG_DUMP=/usr/local/bin/pg_dump \
    DBBACKUP_PSQL=/usr/local/bin/psql
WORKDIR /tmp
USER 65532:65532
# Node is the first process: signals reach the program, with no shell in between.
ENTRYPOINT ["/usr/local/bin/node", "/opt/dbbackup/dbbackup.cjs"]
