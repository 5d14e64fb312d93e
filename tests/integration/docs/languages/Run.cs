using System;
using System.Security.Cryptography;
using System.Text;

public static class Run
{
    static string Text(string part)
    {
        return part == "-" ? null : Encoding.UTF8.GetString(Convert.FromBase64String(part));
    }

    public static void Main()
    {
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            string[] parts = line.Split('\t');
            byte[] body = Convert.FromBase64String(parts[2]);
            string said = "accepted";
            try
            {
                Webhook.Verify(Text(parts[0]), Text(parts[1]), body, Text(parts[3]), long.Parse(parts[4]));
            }
            catch (CryptographicException problem)
            {
                said = problem.Message;
            }
            Console.WriteLine(said + "\t" + Webhook.DedupeKey(body));
        }
    }
}
