# The service and its command line, and nothing that only builds or tests it. Any Node from 20.19 on will do.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts: ours would build what is not here yet, and no package needs its own (argon2 brings a ready-made binary).
RUN npm ci --ignore-scripts
# argon2 for processors with AVX2, some 1.7 times as fast; the service takes the ready-made one where the processor lacks it, and on others than x86-64.
RUN apt-get update && apt-get install -y --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
COPY scripts/build-argon2.js scripts/argon2-vectors.js scripts/
RUN node scripts/build-argon2.js x86-64-v3
COPY tsconfig.json tsconfig.build.json tsconfig.client.json ./
COPY scripts/build.js scripts/commonjs.js scripts/
COPY migrations migrations
COPY client client
COPY src src
RUN node scripts/build.js
RUN npm prune --omit=dev --ignore-scripts

FROM node:24-slim
# Two arenas: glibc would keep one for each thread that hashes passwords, with the 19 MiB of its last hash.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/migrations migrations
COPY --from=build /app/dist dist
# For the embedded database, to try it out: mount a volume here. With DATABASE_URL nothing is written anywhere.
RUN mkdir --mode=700 /data && chown node:node /data
USER node
EXPOSE 3000
# Alive, not ready: a database that is away is no reason to kill what verifies tokens without it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# It minds SIGTERM itself and has no children, so it may be process 1; "docker run --init" does no harm.
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
