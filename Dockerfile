# The broker needs no build: the core is committed as WebAssembly, so one stage copies and caches.
#
#   docker build -t heliograph .
#   docker run -p 1883:1883 -p 8080:8080 -v heliograph:/data heliograph
#
# Clients reach a container from another address than loopback, and anonymous ones are refused there. The first start
# prints an operator token; with it, resources say who may come in. HELIOGRAPH_ANONYMOUS=on lets in whoever reaches the
# ports, for what bindings of $anonymous grant. TLS: mount certificates at /etc/heliograph, and add
# --mqtts 0.0.0.0:8883 --tls-cert /etc/heliograph/server.pem --tls-key /etc/heliograph/server.key to the command.
FROM denoland/deno:2.9.6

WORKDIR /app
COPY deno.json deno.lock LICENSE ./
COPY tools/std_testing tools/std_testing
COPY wasm wasm
COPY src src
RUN deno cache --frozen src/main.ts \
  && mkdir /data \
  && chown deno:deno /data

USER deno
VOLUME /data
EXPOSE 1883 8080
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD \
  ["deno", "eval", "Deno.exit((await fetch('http://127.0.0.1:8080/healthz')).ok ? 0 : 1)"]

ENTRYPOINT ["deno", "run", "--v8-flags=--no-parallel-scavenge,--max-semi-space-size=4", "--cached-only", "--ignore-env", "--allow-env=HELIOGRAPH_*", "--allow-net", \
  "--allow-read=/app/wasm,/data,/etc/heliograph", "--allow-write=/data", "src/main.ts"]
CMD ["serve", "--mqtt", "0.0.0.0:1883", "--http", "0.0.0.0:8080", "--data", "/data"]
