using System.Runtime.InteropServices;

namespace BeMore.Safety;

/// <summary>
/// The weights of all groups, by their keys. An own table, because a message looks up some hundred groups, and what that costs is
/// waiting for memory: 18 bytes a place instead of the 40 of a <see cref="Dictionary{TKey,TValue}"/>, and one place looked at for most.
/// </summary>
internal sealed class GroupWeights
{
    /// <summary>2^64 divided by the golden ratio: D. Knuth, The Art of Computer Programming, volume 3, section 6.4.</summary>
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private Place[] _places = new Place[1 << 12];
    private int _count;

    /// <summary>Takes a group on; a later weight of the same one counts.</summary>
    public void Set(ulong key, GroupWeight weight)
    {
        if (_count * 4L >= _places.Length * 3L)
        {
            var before = _places;
            (_places, _count) = (new Place[before.Length * 2], 0);
            foreach (var place in before)
            {
                if (place.Key != 0)
                {
                    Set(place.Key, place.Weight);
                }
            }
        }

        ref var free = ref _places[PlaceOf(key)];
        _count += free.Key == 0 ? 1 : 0;
        (free.Key, free.Weight) = (key, weight);
    }

    /// <summary>Where a group's weight is; below 0 if it has none.</summary>
    public int Find(ulong key)
    {
        var place = PlaceOf(key);
        return _places[place].Key == 0 ? -1 : place;
    }

    /// <summary>The weight where <see cref="Find"/> found one.</summary>
    public ref readonly GroupWeight At(int place) => ref _places[place].Weight;

    /// <summary>Where it is or, if it is not there, would be. At least a quarter is free.</summary>
    private int PlaceOf(ulong key)
    {
        var places = _places;
        var mask = places.Length - 1;
        // The keys of short groups differ in few bits: by multiplying, all of them reach the upper half.
        var place = (int)((key * Spread) >> 32) & mask;
        while (places[place].Key != key && places[place].Key != 0)
        {
            place = (place + 1) & mask;
        }

        return place;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    private struct Place
    {
        /// <summary>0: it is free.</summary>
        public ulong Key;

        public GroupWeight Weight;
    }
}
