# Sourced by the other scripts: finds JDK 25 and puts it into JAVA_HOME, whatever `java` is on the PATH.

# The JDK writes names of files as the locale says; without one it has no word for most of them.
if [ "$(locale charmap 2>/dev/null || true)" != UTF-8 ]; then
  export LC_ALL=C.UTF-8
fi

find_jdk25() {
  local jdk
  for jdk in "${JAVA25_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/temurin-25-jdk* /usr/lib/jvm/*-25-* /usr/lib/jvm/*25* \
      "$HOME"/.sdkman/candidates/java/25* /opt/*jdk*25*; do
    if [ -n "$jdk" ] && [ -x "$jdk/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$jdk/release" 2>/dev/null; then
      JAVA_HOME=$jdk
      export JAVA_HOME
      return 0
    fi
  done
  echo "kintsugi: no JDK 25 found; install one or set JAVA25_HOME" >&2
  return 1
}
