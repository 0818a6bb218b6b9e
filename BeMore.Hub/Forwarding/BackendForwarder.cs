using System.Net;
using System.Net.Sockets;
using BeMore.Counselling;
using BeMore.HttpApi;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace BeMore.Forwarding;

/// <summary>Carries a call to the backend and its answer back; where there is no answer, says so in the envelope.</summary>
internal sealed class BackendForwarder : IDisposable
{
    private readonly ForwardingOptions _options;
    private readonly IHttpForwarder _forwarder;
    private readonly OwnReply _ownReply;
    private readonly BackendSessions _sessions;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpMessageInvoker _connections;
    private readonly ForwarderRequestConfig _calls;
    private readonly ForwarderRequestConfig _socketCalls;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _graceOver;

    public BackendForwarder(
        ForwardingOptions options,
        IHttpForwarder forwarder,
        OwnReply ownReply,
        BackendSessions sessions,
        TurnOptions turns,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<BackendForwarder> logger)
    {
        (_options, _forwarder, _ownReply, _sessions, _time, _logger) = (options, forwarder, ownReply, sessions, time, logger);
        _connections = BackendConnections.Create(options);
        _calls = new ForwarderRequestConfig { ActivityTimeout = options.QuietTimeout };
        // Else each handshake would first find out whether the backend opens sockets over HTTP/2, which hardly any does.
        _socketCalls = _calls with { Version = HttpVersion.Version11 };
        _stopping = lifetime.ApplicationStopping;
        _graceOver = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _stopping.Register(() => _graceOver.CancelAfter(turns.ShutdownGrace));
    }

    public async Task ForwardAsync(HttpContext http)
    {
        if (ForwardedRequest.HasPassedHere(http.Request))
        {
            _logger.BackendIsThisHub(_options.Backend!);
            await _ownReply.WriteAsync(http, ApiError.BackendUnavailable);
            return;
        }

        // A socket ends when the hub does, because its other end comes back by itself; a call may end as a turn may.
        var isSocket = http.WebSockets.IsWebSocketRequest;
        using var call = new CallDeadline(_options.AnswerTimeout, _time, isSocket ? _stopping : _graceOver.Token);
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            http.Request.Body = new MovingUpload(http.Request.Body, call.PutOff);
        }

        var begun = _time.GetTimestamp();
        var error = await _forwarder.SendAsync(
            http, _options.Backend!, _connections, isSocket ? _socketCalls : _calls, new ForwardedRequest(call, _sessions), call.Over);
        if (error != ForwarderError.None)
        {
            await FailAsync(http, error, call, _time.GetElapsedTime(begun));
        }
    }

    public void Dispose()
    {
        _connections.Dispose();
        _graceOver.Dispose();
    }

    private async Task FailAsync(HttpContext http, ForwarderError error, CallDeadline call, TimeSpan elapsed)
    {
        var method = http.Request.Method;
        var path = http.Request.Path.ToUriComponent();
        var reason = ReasonOf(http.Features.Get<IForwarderErrorFeature>()?.Exception);
        // Where the backend broke off, the forwarder has ended the caller's connection itself by now.
        if (IsTheCallers(error) || (http.RequestAborted.IsCancellationRequested && error != ForwarderError.ResponseBodyDestination))
        {
            _logger.CallerLeft(method, path, elapsed.TotalMilliseconds, error, reason);
        }
        else if (http.Response.HasStarted)
        {
            _logger.AnswerBrokeOff(method, path, elapsed.TotalMilliseconds, error, reason);
        }
        else
        {
            _logger.NoAnswer(method, path, elapsed.TotalMilliseconds, error, call.HasPassed ? nameof(TimeoutException) : reason);
        }

        if (http.Response.HasStarted || http.RequestAborted.IsCancellationRequested)
        {
            // A socket whose other end is gone; what else had begun is broken off already.
            http.Abort();
            return;
        }

        await _ownReply.WriteAsync(http, ErrorOf(http, error, call));
    }

    private static ApiError ErrorOf(HttpContext http, ForwarderError error, CallDeadline call) => error switch
    {
        // The upload itself was wrong: the status says how.
        ForwarderError.RequestBodyClient => ApiError.InvalidRequest with { Status = http.Response.StatusCode },
        ForwarderError.RequestTimedOut => ApiError.BackendTimedOut,
        _ => call.HasPassed ? ApiError.BackendTimedOut : ApiError.BackendUnavailable,
    };

    private static bool IsTheCallers(ForwarderError error) => error
        is ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient
        or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient
        or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled;

    // Never the exception's text: it may quote what the backend said.
    private static string ReasonOf(Exception? e) => e?.GetBaseException() switch
    {
        null => "",
        SocketException s => s.SocketErrorCode.ToString(),
        var other => other.GetType().Name,
    };
}
