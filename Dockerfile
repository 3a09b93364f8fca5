# reachd as a container image: compiled code, the packages it runs on, and nothing that built it. It needs no shell, no
# capability and nothing to write to: a numeric user that is not root, a read-only root file system.
#
# Any base with Node 24 and npm will do. koffi brings its binary for glibc and musl, x64 and arm64, as a package, so no
# install script has to run and no compiler is needed. A tag can be moved: a release names the digest beside it,
# BASE=node:24-bookworm-slim@sha256:…, see RELEASING.md.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY tsconfig.json tsconfig.build.json tsconfig.types.json ./
COPY native-bindings native-bindings
COPY scripts scripts
COPY src src
RUN npm run --silent build

FROM ${BASE} AS packages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="reachd" \
      org.opencontainers.image.description="Connectivity checks over HTTP" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    UV_THREADPOOL_SIZE=80

# What installs packages has nothing to do where none may be installed, and its own packages need mending like any other.
RUN rm -rf /usr/local/lib/node_modules /usr/local/include/node /opt/yarn-* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg

WORKDIR /app
COPY package.json openapi.yaml LICENSE ./
COPY bin bin
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/dist/service dist/service

# A number, because Kubernetes' runAsNonRoot cannot tell what a name stands for.
USER 65532:65532
EXPOSE 8080

# For Docker alone: Kubernetes has probes of its own. It asks where PORT says; the image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8080) + '/livez').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]

# No shell and no npm in between: the process is PID 1 and gets the signals itself. The flag is that of
# bin/reachd, which takes a shell.
ENTRYPOINT ["node", "--max-semi-space-size=4", "/app/bin/reachd.cjs"]
