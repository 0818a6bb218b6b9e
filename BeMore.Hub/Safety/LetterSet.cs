using System.Runtime.CompilerServices;

namespace BeMore.Safety;

/// <summary>Letters, a bit for each and for others like it: that one is not there is certain, that it is there is likely.</summary>
internal struct LetterSet
{
    private const int Bits = 4096;

    private Words _words;

    public void Add(ReadOnlySpan<char> letters)
    {
        foreach (var c in letters)
        {
            _words[(c % Bits) >> 6] |= 1UL << (c & 63);
        }
    }

    public readonly bool HasAny(ReadOnlySpan<char> letters)
    {
        foreach (var c in letters)
        {
            if ((_words[(c % Bits) >> 6] & (1UL << (c & 63))) != 0)
            {
                return true;
            }
        }

        return false;
    }

    [InlineArray(Bits / 64)]
    private struct Words
    {
        private ulong _first;
    }
}
