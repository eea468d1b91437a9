FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY tools/man_in_wheel.py tools/man_in_wheel.py
COPY src src
RUN python -m venv /opt/kaufland \
    && /opt/kaufland/bin/python -m pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.13-slim
RUN useradd --uid 1000 --create-home kaufland \
    && install --directory --owner=kaufland --mode=0700 /data
COPY --from=build /opt/kaufland /opt/kaufland
COPY --chmod=0755 docker/entrypoint /usr/local/bin/kaufland-container
ENV PATH=/opt/kaufland/bin:$PATH \
    KAUFLAND_CONFIG=/data/config.toml \
    KAUFLAND_DATA_DIR=/data \
    KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS=true
USER 1000
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=5m --timeout=30s --start-period=15m --retries=1 \
    CMD ["kaufland", "status", "--max-age", "1h"]
ENTRYPOINT ["kaufland-container"]
CMD ["run"]
