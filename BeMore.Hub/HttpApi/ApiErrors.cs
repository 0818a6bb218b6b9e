using System.Data.Common;
using BeMore.Access;
using Microsoft.AspNetCore.Diagnostics;

namespace BeMore.HttpApi;

/// <summary>What is answered where no endpoint answers.</summary>
internal static class ApiErrors
{
    /// <summary>An exception becomes the envelope; what it says goes to the log.</summary>
    public static IApplicationBuilder UseApiErrors(this IApplicationBuilder app) => app.UseExceptionHandler(new ExceptionHandlerOptions
    {
        ExceptionHandler = http => ApiReply.WriteAsync(http, ErrorOf(http.Features.Get<IExceptionHandlerFeature>()!.Error)),
    });

    // Named: without names a preflight for a method that the path of another call has not would find nobody to answer it.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete];

    /// <summary>Calls under <c>/api</c> that there are not.</summary>
    public static void MapUnknownCalls(this IEndpointRouteBuilder app) =>
        app.MapMethods("/api/{**path}", Methods, () => ApiReply.Failure(ApiError.NotFound)).RequireCors(AllowedPages.Policy);

    private static ApiError ErrorOf(Exception e) => e switch
    {
        BadHttpRequestException => ApiError.InvalidRequest,
        // EF Core wraps those that it takes to be passing.
        DbException or { InnerException: DbException } => ApiError.DatabaseUnavailable,
        _ => ApiError.Internal,
    };
}
