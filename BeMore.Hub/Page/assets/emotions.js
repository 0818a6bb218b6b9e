// The eight of the protocol, from bright to heavy, and how they are said.

export const emotions = [
  { name: "happy", words: "기쁨" },
  { name: "surprised", words: "놀람" },
  { name: "neutral", words: "보통" },
  { name: "anxious", words: "불안" },
  { name: "fearful", words: "두려움" },
  { name: "sad", words: "슬픔" },
  { name: "angry", words: "화남" },
  { name: "disgusted", words: "불쾌" },
];

export const emotionWords = (name) => emotions.find((emotion) => emotion.name === name)?.words ?? "고르지 않음";
