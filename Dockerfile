# The hub, and the migrations that it carries. Built from the repository's root.

# Of the machine that builds, which compiles for the one that it is built for.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source
# What decides the restore first, so that a change of code does not download the packages again.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig appsettings.json ./
COPY BeMore.Hub/BeMore.Hub.csproj BeMore.Hub/
COPY BeMore.Data/BeMore.Data.csproj BeMore.Data/
COPY Migrations/Migrations.csproj Migrations/
RUN dotnet restore BeMore.Hub --arch $TARGETARCH
COPY BeMore.Hub BeMore.Hub
COPY BeMore.Data BeMore.Data
COPY Migrations Migrations
RUN dotnet publish BeMore.Hub --no-restore --arch $TARGETARCH --self-contained false --configuration Release --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS final
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app .
# Turns are kept there while the database is away: mount a volume over it, so that they outlive the container.
RUN mkdir --parents /var/lib/bemore/journal && chown $APP_UID /var/lib/bemore/journal
ENV ASPNETCORE_ENVIRONMENT=Production \
    JOURNAL_DIRECTORY=/var/lib/bemore/journal \
    PORT=8000
# The image's own variable would name a port of its own beside ours.
ENV ASPNETCORE_HTTP_PORTS=
EXPOSE 8000
USER $APP_UID
# Liveness, not readiness: a container is not made well by restarting it while its database is away.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD curl --fail --silent --output /dev/null "http://127.0.0.1:${PORT}/health/live" || exit 1
ENTRYPOINT ["dotnet", "BeMore.Hub.dll"]
