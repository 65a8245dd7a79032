# The controller and its command line. TypeScript is run as it is: there is no build.
FROM node:20-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json ./
# The embedded Postgres is for a machine without containers.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund
COPY bin bin
COPY dialplan dialplan
COPY sounds sounds
COPY sql sql
COPY src src
RUN mkdir -p /etc/asterisk /recordings /app/var \
 && chown node:node /etc/asterisk /recordings /app/var
# uid 1000, as the user asterisk of the other image.
USER node
ENTRYPOINT ["/app/bin/ringwright"]
CMD ["serve"]
