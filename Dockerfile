# syntax=docker/dockerfile:1

# ---- build: the same step as the continuous integration, on the same minimum compiler ----
FROM rust:1.95-slim-trixie AS build

# The image already has a compiler: the toolchain file would download another one.
ENV RUSTUP_TOOLCHAIN=1.95.0 \
    CARGO_TERM_COLOR=never

WORKDIR /src
COPY . .
RUN cargo build --release --locked

# An empty directory that belongs to the user of the next stage: a volume inherits its owner.
RUN mkdir /data

# ---- run: glibc, the binary, the rules and the profiles; no compiler, no package manager used ----
FROM debian:trixie-slim AS run

LABEL org.opencontainers.image.title="mtr-gateway" \
      org.opencontainers.image.description="FHIR R4 gateway for the Médecin Traitant Renforcé experiment: forfaits, care gaps and their explanation" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=10001:10001 /data /data
COPY --from=build /src/target/release/mtr-gateway /usr/local/bin/mtr-gateway
COPY mappings /usr/share/mtr-gateway/mappings
COPY fhir-profiles /usr/share/mtr-gateway/fhir-profiles
COPY LICENSE /usr/share/doc/mtr-gateway/LICENSE

ENV MTR_DATA_DIR=/data \
    MTR_MAPPINGS=/usr/share/mtr-gateway/mappings \
    MTR_PROFILES=/usr/share/mtr-gateway/fhir-profiles

# A number, so that an orchestrator can check that it is not root without reading /etc/passwd.
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]

# The address stays the default, 127.0.0.1:8080: open access is refused anywhere else. To try the
# demonstration: docker run --rm --network host mtr-gateway demo
EXPOSE 8080

# The binary asks itself: no curl in the image.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/usr/local/bin/mtr-gateway", "health"]

# SIGTERM drains the requests under way and closes the journal.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/mtr-gateway"]
CMD ["serve"]
