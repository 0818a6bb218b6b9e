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

    /// <summary>Calls under <c>/api</c> that there are not.</summary>
    public static void MapUnknownCalls(this IEndpointRouteBuilder app) =>
        app.Map("/api/{**path}", () => ApiReply.Failure(ApiError.NotFound)).RequireCors(AllowedPages.Policy);

    private static ApiError ErrorOf(Exception e) => e switch
    {
        BadHttpRequestException => ApiError.InvalidRequest,
        DbException => ApiError.DatabaseUnavailable,
        _ => ApiError.Internal,
    };
}
