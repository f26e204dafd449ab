declare module 'tzdata';
