# Asterisk 22 (LTS) out of Debian, with our prompts and none of its sample configuration.
# The configuration is rendered by `ringwright pbx render` and mounted at /etc/asterisk.
FROM debian:forky-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends asterisk asterisk-modules ca-certificates \
 && rm -rf /var/lib/apt/lists/* /etc/asterisk \
 # One uid with the controller, which writes the configuration and reads the recordings.
 && groupmod --gid 1000 asterisk && usermod --uid 1000 --gid 1000 asterisk \
 && mkdir -p /etc/asterisk /recordings /run/asterisk \
 && chown -R asterisk:asterisk /etc/asterisk /recordings /run/asterisk \
      /var/lib/asterisk /var/log/asterisk /var/spool/asterisk
COPY sounds /usr/share/asterisk/sounds/ringwright
USER asterisk
CMD ["asterisk", "-f", "-C", "/etc/asterisk/asterisk.conf"]
