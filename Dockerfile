# The gateway as an image. Everything it needs to know comes from the environment and from mounted files
# (docs/configuration.md); secrets as files: DATABASE_URL_FILE, PASSERELLA_PINCODE_KEY, PASSERELLA_TLS_KEY.

# Node 22: 20 is the oldest that will do and has no more updates; 24 hides intermediates (docs/operations/install.md).
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Scripts off: `prepare` would build before the sources are there.
RUN npm ci --ignore-scripts
COPY . .
# Equipment of development (sandbox, simulator, demonstrations) stays out: its packages are not there either.
RUN npm run build && rm -r dist/src/dev

FROM node:22-bookworm-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
# The optional packages hold Argon2's binary, which signing in needs.
RUN npm ci --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/passerella
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/wsdl ./wsdl
COPY --from=build /build/dist/src ./dist/src
COPY --from=build /build/dist/generated ./dist/generated
COPY --from=build /build/dist/assets ./dist/assets
# The files belong to root: the process cannot change its own program.
USER node
EXPOSE 8443 8444
HEALTHCHECK --interval=15s --timeout=3s --start-period=70s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PASSERELLA_OPS_PORT ?? 8081) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: signals reach the process, which then answers what it accepted (docs/operations/upgrades.md).
CMD ["node", "--disable-proto=delete", "--max-old-space-size=512", "--enable-source-maps", "dist/src/main.js", "gateway"]
